"""Which calls a Readarr answers."""

from libs.simulator.arr.routes import shared
from libs.simulator.arr.server import V1
from libs.simulator.calls import RouteTable
from libs.simulator.readarr import deletes, edits, reads
from libs.simulator.readarr.server import ReadarrServer

ROUTES: RouteTable[ReadarrServer] = RouteTable(
    [
        *shared(V1),
        ("GET", f"{V1}/metadataprofile", reads.list_metadata_profiles),
        ("GET", f"{V1}/book", reads.list_books),
        ("PUT", f"{V1}/book/editor", edits.edit_books),
        ("PUT", f"{V1}/book/monitor", edits.edit_books),
        ("DELETE", f"{V1}/book/editor", deletes.remove_many_books),
        ("GET", f"{V1}/book/{{id:int}}", reads.one_book),
        ("PUT", f"{V1}/book/{{id:int}}", edits.update_book),
        ("DELETE", f"{V1}/book/{{id:int}}", deletes.remove_book),
        ("GET", f"{V1}/author", reads.list_authors),
        ("PUT", f"{V1}/author/editor", edits.edit_authors),
        ("GET", f"{V1}/author/{{id:int}}", reads.one_author),
        ("PUT", f"{V1}/author/{{id:int}}", edits.update_author),
        ("DELETE", f"{V1}/author/{{id:int}}", deletes.remove_author),
        ("GET", f"{V1}/bookfile", reads.list_files),
        ("DELETE", f"{V1}/bookfile/bulk", deletes.remove_files),
        ("GET", f"{V1}/bookfile/{{id:int}}", reads.one_file),
        ("DELETE", f"{V1}/bookfile/{{id:int}}", deletes.remove_file),
        ("GET", f"{V1}/importlistexclusion", reads.list_exclusions),
        ("POST", f"{V1}/importlistexclusion", deletes.add_exclusion),
        ("DELETE", f"{V1}/importlistexclusion/{{id:int}}", deletes.remove_exclusion),
    ]
)
