"""An issue as mail programs show it, on one page: widths, dark, without pictures, as text, as any reader gets it."""
