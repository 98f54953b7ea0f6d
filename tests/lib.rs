//! The tests of the workspace as a whole: `e2e`, `ui` and `interop`. The library is empty.
