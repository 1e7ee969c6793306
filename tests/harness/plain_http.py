"""Clients of servers within the tests, which speak no TLS."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, and is made once: the list that httpx loads for a client of its own costs 50 ms of CPU each time."""
