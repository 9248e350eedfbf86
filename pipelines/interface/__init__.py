"""What `import contextpairs` gives: the commands as functions, and what they return."""
