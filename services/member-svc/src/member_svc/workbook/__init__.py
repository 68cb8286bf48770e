"""Reads an xlsx workbook with the XML parser expat, in a child process and with limits. A size that the file declares
may be false, so the bytes are counted too."""
