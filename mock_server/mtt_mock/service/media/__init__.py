"""Prompts and recordings: uploads, downloads, audio formats, signed URLs."""
