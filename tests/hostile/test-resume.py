"""A server that lies about what is half there has no file put together that is not one."""

import hostile

hostile.main('resume.ini')
