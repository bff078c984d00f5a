//! Files of the user's: where they lie, whose they are, and how one is replaced without ever being half of itself.
//!
//! Root may work in somebody else's home (`sudo -E`, a rescue system). What the program leaves there belongs to whom the
//! directory belongs to, so that its owner can read it, mend it and remove it; where that cannot be, nothing is left.

mod directories;
mod limits;
mod owner;
mod replace;

pub use directories::{Directories, expand_home};
pub use limits::survive_file_size_limit;
pub use owner::{Owner, create_directory};
pub use replace::replace_file;
