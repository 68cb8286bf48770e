"""Files that users upload or download. Uploads are parsed in a child process; temporary files have no name."""

from chassis.files.csv_cells import csv_cell
from chassis.files.sandbox import MIB, Limits, Records, SandboxFailed, SandboxFailure, first_record, sandboxed
from chassis.files.unnamed_files import UnnamedFileResponse, unnamed_file
from chassis.files.workbook_writer import Style, WorkbookWriter, error_cell, number_cell, text_cell

__all__ = [
    "MIB",
    "Limits",
    "Records",
    "SandboxFailed",
    "SandboxFailure",
    "Style",
    "UnnamedFileResponse",
    "WorkbookWriter",
    "csv_cell",
    "error_cell",
    "first_record",
    "number_cell",
    "sandboxed",
    "text_cell",
    "unnamed_file",
]
