//! The tests of the workspace as a whole: `e2e`, `ui` and `interop`. There is no library here.
