//! What is shown, and of when: the source of connections, the moment, the home, stage mode, and the lesson that is given.

pub(in crate::app) mod comparison;
pub(in crate::app) mod dropped;
pub(in crate::app) mod export;
pub(in crate::app) mod history;
pub(in crate::app) mod home;
pub(in crate::app) mod home_writer;
pub(in crate::app) mod lesson;
pub(in crate::app) mod source;
pub mod stage;
pub mod time;
pub(in crate::app) mod time_bar;
pub(in crate::app) mod time_window;
mod worker;
