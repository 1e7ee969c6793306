"""Tracearr on the wire: the second API with its cursors, and the first one with its page numbers."""
