//! Compiles the cases in `ui/fail`: the compiler rejects each with the errors in its `.stderr` file, which come from the
//! pinned toolchain.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}
