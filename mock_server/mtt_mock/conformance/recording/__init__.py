"""Tapes: what went over the wire, recorded with personal data taken out, and played again."""
