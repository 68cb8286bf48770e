"""Reads an xlsx workbook with the XML parser expat and with limits. The reading runs in a child process.

Only `inflated_size` also runs in the service itself, before an upload is stored. The size that the file declares is
possibly false, so the child process counts the bytes when it reads the file. In this folder, a *part* is a file in the
archive of the workbook, as in the xlsx standard.
"""
