//! Over sockets, with rmcp's own client.
