"""Pages of residents: adding somebody, states, who lives where."""

from geoapp.people.views import door, merging, states, stays
from geoapp.people.views.base import DETAILS, blueprint

__all__ = ["DETAILS", "blueprint", "door", "merging", "states", "stays"]
