"""The DICOM receiver: a node of the network that answers C-ECHO and takes C-STORE, a process of its own.

`door` says who may come in, `bounds` keeps a hostile peer small, `node` joins both to the library and to the services.
"""
