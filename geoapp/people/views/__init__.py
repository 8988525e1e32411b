"""Pages of residents: adding somebody, who lives where."""

from geoapp.people.views import door, stays
from geoapp.people.views.base import DETAILS, blueprint

__all__ = ["DETAILS", "blueprint", "door", "stays"]
