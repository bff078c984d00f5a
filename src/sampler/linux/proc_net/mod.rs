//! The source `proc-net`: the kernel's text tables `/proc/net/{tcp,udp}{,6}` (proc(5)), for systems that refuse netlink.
//!
//! Each sample costs more than with `sock-diag`, and contains less: no traffic, no control groups, and no connections
//! shorter than the sampling period. Owners are found as in the other sources.

pub(super) mod table;

use super::owners::{OwnerCache, SocketRef};
use crate::{
    language::t,
    model::{Degradation, DegradationKind, Protocol, Sample, UnixMillis},
    sampler::{
        Capabilities, SamplerError, SocketSource, SourceKind,
        listed::{Listed, ListedSocket},
    },
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The tables in reading order; the first one is required.
const TABLES: [(&str, Protocol); 4] =
    [("net/tcp", Protocol::Tcp), ("net/tcp6", Protocol::Tcp), ("net/udp", Protocol::Udp), ("net/udp6", Protocol::Udp)];

/// The source.
#[derive(Debug)]
pub(in crate::sampler) struct ProcNetSource {
    root: PathBuf,
    listed: Listed<OwnerCache>,
}

impl ProcNetSource {
    /// A source for the tree at `root`, usually `/proc`.
    pub(in crate::sampler) fn open(root: &Path) -> Self {
        Self { root: root.to_owned(), listed: Listed::new(OwnerCache::of_this_system_at(root)) }
    }

    fn read_tables(&self, degradations: &mut Vec<Degradation>) -> Result<Vec<ListedSocket<SocketRef>>, SamplerError> {
        let mut sockets = Vec::new();
        let mut unreadable = 0;
        for (name, protocol) in TABLES {
            let table = self.root.join(name);
            match fs::read(&table) {
                Ok(text) => match table::read(&text, protocol, &mut sockets) {
                    Some(skipped) => unreadable += skipped,
                    None => {
                        let source = io::Error::new(io::ErrorKind::InvalidData, t!("sampler-table-no-heading"));
                        return Err(SamplerError::Table { table, source });
                    }
                },
                // The kernel lacks IPv6 or UDP.
                Err(error) if error.kind() == io::ErrorKind::NotFound && name != TABLES[0].0 => {}
                Err(source) => return Err(SamplerError::Table { table, source }),
            }
        }
        if unreadable > 0 {
            degradations.push(Degradation::new(
                DegradationKind::Sampling,
                t!("sampler-unreadable-rows", count = unreadable),
                "",
            ));
        }
        Ok(sockets)
    }
}

impl SocketSource for ProcNetSource {
    fn kind(&self) -> SourceKind {
        SourceKind::ProcNet
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { reports_udp_peers: true, ..Capabilities::NONE }
    }

    fn sample(&mut self, _now: UnixMillis) -> Result<Sample, SamplerError> {
        let mut degradations = vec![Degradation::new(
            DegradationKind::NotMeasured,
            t!("sampler-lacks-proc-net"),
            t!("sampler-lacks-proc-net-remedy"),
        )];
        let sockets = self.read_tables(&mut degradations)?;
        let (rows, lacks) = self.listed.rows(sockets);
        degradations.extend(lacks);
        Ok(Sample { degradations, ..Sample::whole(rows) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Direction, Owner, OwnerMissing, SocketState},
        sampler::test_sockets::{LoopbackSockets, find},
    };

    #[test]
    fn real_connections_have_this_process_direction_and_state() {
        for ip in ["127.0.0.1", "::1"] {
            let Some(sockets) = LoopbackSockets::open(ip) else { continue };
            let mut source = ProcNetSource::open(Path::new("/proc"));
            let sample = source.sample(UnixMillis(1)).expect("a sample");
            for (key, direction, state) in [
                (sockets.tcp_key(), Some(Direction::Out), SocketState::Established),
                (sockets.tcp_listener_key(), None, SocketState::Listen),
                (sockets.udp_key(), Some(Direction::Out), SocketState::Connected),
                (sockets.udp_listener_key(), None, SocketState::Unconnected),
            ] {
                let row = find(sample.snapshot.rows(), key).unwrap_or_else(|| panic!("{key:?} is not listed"));
                assert_eq!((row.direction, row.state), (direction, state), "{key:?}");
                assert_eq!(row.owner.process().map(|process| process.pid), Some(std::process::id()), "{key:?}");
                assert_eq!(row.uid, Some(rustix::process::geteuid().as_raw()), "{key:?}");
                assert!(row.key.identity != 0, "{key:?}");
            }
            assert!(find(sample.snapshot.rows(), sockets.tcp_accepted_key()).is_none(), "one row for one connection");
            assert!(sample.degradations.iter().any(|it| it.kind == DegradationKind::NotMeasured));
        }
    }

    #[test]
    fn a_time_wait_row_belongs_to_nobody() {
        let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
        let key = sockets.tcp_key();
        let mut source = ProcNetSource::open(Path::new("/proc"));
        let before = source.sample(UnixMillis(1)).unwrap();
        let identity = find(before.snapshot.rows(), key).expect("it is open").key.identity;
        sockets.close_client_first();
        let sample = source.sample(UnixMillis(2)).unwrap();
        let row = find(sample.snapshot.rows(), key).expect("the kernel keeps the row for a minute");
        assert_eq!((row.state, row.key.identity), (SocketState::TimeWait, identity), "it is the same one");
        assert_eq!((&row.owner, row.uid), (&Owner::Missing(OwnerMissing::NoProcess), None));
    }

    #[test]
    fn recorded_tables_are_read_and_what_is_wrong_with_them_is_said() {
        const HEADING: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  \
                               timeout inode\n";
        const ROW: &str = "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 \
                           12345 1 0000000000000000 100 0 0 10 0\n";
        let root = tempfile::tempdir().unwrap();
        let mut source = ProcNetSource::open(root.path());
        let error = source.sample(UnixMillis(1)).expect_err("there is no table");
        assert!(error.to_string().contains("net/tcp") && error.remedy().contains("/proc"), "{error}");
        fs::create_dir(root.path().join("net")).unwrap();
        let table = root.path().join("net/tcp");
        fs::write(&table, "something else\n").unwrap();
        let error = source.sample(UnixMillis(1)).expect_err("it is no table");
        assert!(error.to_string().contains("heading"), "{error}");
        fs::write(&table, format!("{HEADING}{ROW}")).unwrap();
        let kinds = |sample: &Sample| sample.degradations.iter().map(|it| it.kind).collect::<Vec<_>>();
        let sample = source.sample(UnixMillis(1)).unwrap();
        assert_eq!((sample.snapshot.rows().len(), sample.snapshot.rows()[0].key.local.port), (1, 22));
        assert!(!kinds(&sample).contains(&DegradationKind::Sampling), "no UDP and no IPv6 is no fault");
        fs::write(&table, format!("{HEADING}   1: nonsense\n{ROW}")).unwrap();
        let sample = source.sample(UnixMillis(1)).unwrap();
        assert_eq!(sample.snapshot.rows().len(), 1);
        assert!(kinds(&sample).contains(&DegradationKind::Sampling), "what cannot be read is counted");
    }
}
