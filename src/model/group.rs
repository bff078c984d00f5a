//! Groups connections that belong together: those of one program, or else of one unit, or else of one user.

use super::{Owner, OwnerMissing, SocketRow};
use std::sync::Arc;

/// The owner of a connection as an identity: two connections belong together if their groups are equal and
/// [`Group::is_known`]. Independent of its colour, which is chosen elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// All processes with the same name and executable; names and paths are untrusted text.
    Program {
        /// Short name of the process.
        name: Arc<str>,
        /// Path of the executable, if it can be read.
        path: Option<Arc<str>>,
    },
    /// A service, a scope or a container, by its short name; untrusted text.
    Unit(Arc<str>),
    /// A user, by ID.
    User(u32),
    /// The kernel itself: tunnels and kernel services.
    Kernel,
    /// The owner is unknown. Such connections are not grouped.
    #[default]
    Unknown,
}

impl Group {
    /// The group of a connection: its most specific known owner, see [`SocketRow::holder`].
    #[must_use]
    pub fn of(connection: &SocketRow) -> Self {
        let unit = || connection.context.as_ref()?.unit.clone();
        match &connection.owner {
            Owner::Process(process) => {
                // Each process without a name is a group of its own.
                let name = process.name.clone().unwrap_or_else(|| process.shown_name().into());
                Self::Program { name, path: process.path.clone() }
            }
            // Regardless of any unit or user that the kernel reports.
            Owner::Missing(OwnerMissing::Kernel) => Self::Kernel,
            Owner::Missing(_) => unit().map_or_else(|| connection.uid.map_or(Self::Unknown, Self::User), Self::Unit),
        }
    }

    /// Whether the owner is known: otherwise connections of the group do not belong together.
    #[must_use]
    pub fn is_known(&self) -> bool {
        *self != Self::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OwnerContext, Process};

    fn held_by(owner: Owner, unit: Option<&str>, uid: Option<u32>, user: Option<&str>) -> Group {
        let context = OwnerContext { unit: unit.map(Arc::from), user: user.map(Arc::from), pids: Vec::new() };
        let context = Some(Arc::new(context));
        let text = r#"{"key":{"protocol":"udp","local":{"ip":"10.0.0.1","port":68},"remote":null,"identity":7},
            "state":"unknown","direction":"unknown","owner":{"missing":"not-found"},"uid":0}"#;
        let row: SocketRow = serde_json::from_str(text).expect("a row");
        Group::of(&SocketRow { owner, uid, context, ..row })
    }

    fn process(pid: u32, name: &str, path: Option<&str>) -> Owner {
        Owner::Process(Arc::new(Process { pid, name: Some(name.into()), path: path.map(Arc::from) }))
    }

    #[test]
    fn a_group_is_the_best_that_is_known_of_the_holder() {
        let missing = Owner::Missing(OwnerMissing::NotPermitted);
        let program = Group::Program { name: "sshd".into(), path: None };
        assert_eq!(held_by(process(1, "sshd", None), Some("sshd.service"), Some(0), None), program);
        assert_eq!(held_by(missing.clone(), Some("a.service"), Some(0), None), Group::Unit("a.service".into()));
        assert_eq!(held_by(missing.clone(), None, Some(7), Some("ann")), Group::User(7));
        assert_eq!(held_by(missing, None, None, None), Group::Unknown);
        let kernel = Owner::Missing(OwnerMissing::Kernel);
        assert_eq!(held_by(kernel, Some("a.service"), Some(0), Some("root")), Group::Kernel, "a tunnel is not root's");
        let nameless =
            |pid| held_by(Owner::Process(Arc::new(Process { pid, name: None, path: None })), None, None, None);
        assert_eq!(nameless(7), nameless(7));
        assert_ne!(nameless(7), nameless(8), "what has no name has no name in common");
    }

    #[test]
    fn processes_of_one_program_are_a_group_and_those_of_another_file_are_not() {
        let group = |pid, path| held_by(process(pid, "python3", path), None, Some(1000), None);
        assert_eq!(group(1, Some("/usr/bin/python3")), group(2, Some("/usr/bin/python3")));
        assert_ne!(group(1, Some("/usr/bin/python3")), group(2, Some("/opt/python3")));
        assert_ne!(group(1, Some("/usr/bin/python3")), group(2, None));
        let user = |name| held_by(Owner::Missing(OwnerMissing::NotFound), None, Some(7), name);
        assert_eq!(user(Some("ann")), user(None), "the name of a user may come later");
        assert!(group(1, None).is_known() && user(None).is_known() && !Group::Unknown.is_known());
    }
}
