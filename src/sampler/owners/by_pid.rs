//! Owners on systems whose socket lists contain pids: names and paths of processes from the crate `sysinfo`.
//!
//! Only processes that hold sockets are queried, once each. All are queried again from time to time, because pids are
//! reused. If the system reports no name, the pid is shown instead.

use super::{Found, Owners, whole_name};
use crate::{
    language::t,
    model::{Degradation, DegradationKind, Owner, OwnerContext, OwnerMissing, Process},
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

/// Number of samples between checks that the processes are still the same.
const VERIFY: u64 = 16;

/// The processes that hold a socket.
#[derive(Clone, Debug, Default)]
pub(in crate::sampler) struct Holders {
    /// Their pids; 0 means no process.
    pub(in crate::sampler) pids: Vec<u32>,
    /// Whether it is a TIME_WAIT entry of a connection that its process has closed.
    pub(in crate::sampler) is_time_wait: bool,
}

/// Finds the processes that hold sockets.
#[derive(Debug)]
pub(in crate::sampler) struct OwnersByPid {
    /// Or why the system cannot be queried.
    system: Result<System, String>,
    known: FxHashMap<u32, Arc<Process>>,
    sample: u64,
}

impl OwnersByPid {
    /// Starts without known processes.
    pub(in crate::sampler) fn new() -> Self {
        Self { system: System::new().map_err(|error| error.to_string()), known: FxHashMap::default(), sample: 0 }
    }

    /// Queries the system for `wanted` pids that are unknown or must be checked again.
    fn learn(&mut self, wanted: &FxHashSet<u32>) {
        self.sample += 1;
        self.known.retain(|pid, _| wanted.contains(pid));
        let Ok(system) = &mut self.system else { return };
        let is_anew = self.sample.is_multiple_of(VERIFY);
        let asked: Vec<Pid> =
            wanted.iter().copied().filter(|pid| is_anew || !self.known.contains_key(pid)).map(Pid::from_u32).collect();
        if asked.is_empty() {
            return;
        }
        let what = ProcessRefreshKind::nothing().without_tasks().with_exe(UpdateKind::OnlyIfNotSet);
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&asked), true, what);
        for pid in asked {
            let process = system.process(pid);
            let path = process.and_then(sysinfo::Process::exe);
            let process = Process {
                pid: pid.as_u32(),
                name: process.and_then(|process| whole_name(process.name().as_encoded_bytes(), path)),
                path: path.map(|path| Arc::from(path.to_string_lossy())),
            };
            // Keep sharing an unchanged process.
            if self.known.get(&process.pid).is_none_or(|known| **known != process) {
                self.known.insert(process.pid, Arc::new(process));
            }
        }
    }

    fn found(&self, socket: &Holders) -> Found {
        let mut pids: Vec<u32> = socket.pids.iter().copied().filter(|pid| *pid != 0).collect();
        pids.sort_unstable();
        pids.dedup();
        // If several processes share a socket, the youngest one serves it.
        let owner = match pids.last() {
            Some(pid) => {
                let nameless = || Arc::new(Process { pid: *pid, name: None, path: None });
                Owner::Process(self.known.get(pid).map_or_else(nameless, Arc::clone))
            }
            None if socket.is_time_wait => Owner::Missing(OwnerMissing::NoProcess),
            None => Owner::Missing(OwnerMissing::NotFound),
        };
        let is_shared = pids.len() > 1;
        Found { owner, context: is_shared.then(|| Arc::new(OwnerContext { pids, ..OwnerContext::default() })) }
    }
}

impl Owners for OwnersByPid {
    type Clue = Holders;

    fn resolve(&mut self, sockets: &[Holders], found: &mut Vec<Found>) -> Vec<Degradation> {
        let wanted = sockets.iter().filter_map(|socket| socket.pids.iter().copied().max()).filter(|pid| *pid != 0);
        self.learn(&wanted.collect());
        found.clear();
        found.extend(sockets.iter().map(|socket| self.found(socket)));
        let lack = self.system.as_ref().err().map(|why| {
            let what = t!("sampler-no-names", error = why.clone());
            Degradation::new(DegradationKind::Owners, what, "")
        });
        lack.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(owners: &mut OwnersByPid, pids: &[&[u32]]) -> Vec<Found> {
        let sockets: Vec<Holders> =
            pids.iter().map(|pids| Holders { pids: pids.to_vec(), is_time_wait: false }).collect();
        let mut found = Vec::new();
        assert_eq!(owners.resolve(&sockets, &mut found), []);
        found
    }

    #[test]
    fn a_process_has_the_name_and_path_that_the_system_reports() {
        let mut owners = OwnersByPid::new();
        let found = resolve(&mut owners, &[&[std::process::id()]]);
        let process = found[0].owner.process().expect("this process");
        let program = std::env::current_exe().unwrap();
        assert_eq!(process.pid, std::process::id());
        assert_eq!(process.path.as_deref(), program.to_str());
        let file = program.file_name().unwrap().to_str().unwrap();
        assert!(process.name.as_deref().is_some_and(|name| file.starts_with(name)), "{process:?}");
        for _ in 0..2 * VERIFY {
            let again = resolve(&mut owners, &[&[std::process::id()]]);
            let (Owner::Process(first), Owner::Process(again)) = (&found[0].owner, &again[0].owner) else { panic!() };
            assert!(Arc::ptr_eq(first, again), "one that has not changed is shared");
        }
        resolve(&mut owners, &[]);
        assert!(owners.known.is_empty(), "who holds nothing any more is forgotten");
    }

    #[test]
    fn a_process_that_the_system_does_not_name_is_a_number_and_pid_0_is_none() {
        // No system assigns pids this high.
        let (nobody, me) = (u32::MAX / 2, std::process::id());
        let found = resolve(&mut OwnersByPid::new(), &[&[nobody], &[0], &[], &[me, 0, nobody, me]]);
        let nameless = Owner::Process(Arc::new(Process { pid: nobody, name: None, path: None }));
        assert_eq!((&found[0].owner, &found[3].owner), (&nameless, &nameless));
        for none in &found[1..3] {
            assert_eq!(*none, Found { owner: Owner::Missing(OwnerMissing::NotFound), context: None });
        }
        assert_eq!(found[3].context.as_ref().map(|context| context.pids.clone()), Some(vec![me, nobody]));
        let mut found = Vec::new();
        OwnersByPid::new().resolve(&[Holders { pids: vec![0], is_time_wait: true }], &mut found);
        assert_eq!(found[0].owner, Owner::Missing(OwnerMissing::NoProcess));
    }

    #[test]
    fn a_number_given_to_another_process_is_another_process() {
        let mut owners = OwnersByPid::new();
        let me = std::process::id();
        let stranger = Process { pid: me, name: Some("stranger".into()), path: None };
        owners.known.insert(me, Arc::new(stranger));
        let is_noticed = (0..VERIFY).any(|_| {
            let found = resolve(&mut owners, &[&[me]]);
            found[0].owner.process().is_some_and(|process| process.name.as_deref() != Some("stranger"))
        });
        assert!(is_noticed);
    }
}
