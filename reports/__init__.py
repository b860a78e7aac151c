"""What people read: the summary of a night as text, tables and Markdown."""
