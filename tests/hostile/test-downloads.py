"""A server that answers a download with whatever it likes gets nothing but an error."""

import hostile

hostile.main('downloads.ini')
