"""Reads an xlsx workbook with expat, in a child process and with limits. Sizes that the file declares are not
trusted."""
