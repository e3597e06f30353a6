"""The records that one step leaves for the next: frozen, small, JSON in and JSON out.

Times are timezone-aware UTC. A figure that does not exist is None; NaN and infinity are refused. Records are imported
from the module that defines them: loading all takes longer than a check of some thousand rows.
"""
