//! The user's files: where they are, who owns them, and how to replace one atomically.
//!
//! Root may work in another user's home (`sudo -E`, a rescue system). Files written there get the owner of the
//! directory, so that this user can read, edit and remove them; if that fails, nothing is written.

mod authored;
mod directories;
mod limits;
mod new_file;
mod owner;
mod private;
mod replace;
mod signals;

pub use authored::{AuthoredError, Problem, Problems, is_authored_path, read_authored, read_rows};
pub use directories::{Directories, expand_home};
pub use limits::survive_file_size_limit;
pub use new_file::NewFile;
pub use owner::{Owner, create_directory};
pub use private::{keep_from_others, only_for_user};
pub use replace::replace_file;
pub use signals::on_termination;
