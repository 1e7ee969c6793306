"""The content codings in which the list is prepared, as HTTP calls them."""

ZSTD, GZIP, IDENTITY = "zstd", "gzip", "identity"
