"""Files of exactly the rows and columns a list shows: `write_export`.

Whether a reader may take files out at all is the caller's question (a permission of the route);
which rows, columns and masks is answered here, by the same selection and columns as the list.
"""

from spatial_queries.exports.job import Meta
from spatial_queries.exports.write import FORMATS, ExportFile, write_export

__all__ = ["FORMATS", "ExportFile", "Meta", "write_export"]
