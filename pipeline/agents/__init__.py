"""One role, one file:
the reader, the writer, the illustrator. Whatever they are given from outside is text, never orders.
"""
