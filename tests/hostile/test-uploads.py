"""A server that answers an upload with whatever it likes is never believed that a file is there which is not."""

import hostile

hostile.main('uploads.ini')
