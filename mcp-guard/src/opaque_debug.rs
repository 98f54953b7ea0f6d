//! `Debug` implementations that show no field.

/// Implements `Debug` with the name of the type only. With `redacted`, prints `Name([redacted])`, for types that
/// contain data of a token.
macro_rules! opaque_debug {
    (redacted $name:ident $(<$parameter:tt>)?) => {
        opaque_debug!(@impl $name $(<$parameter>)?, concat!(stringify!($name), "([redacted])"));
    };
    ($name:ident $(<$parameter:tt>)?) => {
        opaque_debug!(@impl $name $(<$parameter>)?, stringify!($name));
    };
    (@impl $name:ident $(<$parameter:tt>)?, $text:expr) => {
        impl $(<$parameter>)? ::std::fmt::Debug for $name $(<$parameter>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str($text)
            }
        }
    };
}
