"""The editorial check: what a medical editor would find before publishing."""
