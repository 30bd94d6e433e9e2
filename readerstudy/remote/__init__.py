"""We ask, others answer: the clients that search in archives and get images from them, by DICOMweb and by DICOM.

An answer is as untrusted as an upload: `bounds` keeps it small in bytes, number and time, and what a page asks for runs
in a process of its own (`ask`).
"""
