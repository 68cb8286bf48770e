"""An xlsx workbook as bounded rows, read by expat alone, in a child process. No declared size is believed."""
