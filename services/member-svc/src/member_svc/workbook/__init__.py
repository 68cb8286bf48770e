"""Reads an xlsx workbook with the XML parser expat and with limits. The reading runs in a child process.

Only `inflated_size` also runs in the service, before an upload is stored. The file possibly declares a false size, so
the child process counts the bytes, too.
"""
