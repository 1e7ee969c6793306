"""A Readarr that answers its v1 API."""
