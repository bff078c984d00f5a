//! Measures the cost of reading all sockets with their owners: a bare dump of the kernel's lists, this program, the
//! crate netstat2, psutil and `ss`, with 100 to 52,500 sockets and 300 processes with 40 open files each.
//!
//! A program, not a timed test: `cargo bench --bench kernel_truth`, or with sizes: `… -- 100 1040`. It creates the load
//! itself, in its own network namespace; the peers are in another one, so that each connection is one row. All figures
//! are CPU times, user and system. Tools that are not installed are reported and skipped.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "where something is wrong it ends")]
#![allow(clippy::disallowed_methods, reason = "helpers of a bench need no names")]

#[cfg(target_os = "linux")]
#[path = "../tests/support/load.rs"]
mod load;
#[cfg(target_os = "linux")]
#[path = "../tests/support/network.rs"]
mod network;
#[cfg(target_os = "linux")]
#[path = "../tests/support/sockets.rs"]
mod sockets;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("NOT RUN: kernel_truth: network namespaces are Linux's");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::{
        load::{BYSTANDERS, Load, bystanders},
        network, sockets,
    };
    use netglobe::{
        model::{Protocol, SocketState, Tracker, UnixMillis},
        sampler::{
            SamplerConfig, SamplerHandle, SourceSpec,
            linux::inet_diag::{Family, dump_request},
            open_source,
        },
    };
    use rustix::{
        net::{
            AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType,
            netlink::{self, SocketAddrNetlink},
            recv, send, socket_with,
        },
        time::{ClockId, clock_gettime},
    };
    use std::{
        fs,
        process::{Command, Stdio},
        thread,
        time::Duration,
    };

    const SIZES: [usize; 4] = [100, 1_040, 10_500, 52_500];
    /// Number of sockets in the measurement with new connections.
    const BUSY_SIZE: usize = 1_040;
    const NEW_A_LOOK: usize = 10;
    /// Duration of the measurement of an idle sampler.
    const REST: Duration = Duration::from_secs(20);
    const BUSY_PAUSE: Duration = Duration::from_millis(500);

    pub(super) fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        if arguments.iter().any(|argument| argument == "--hold") {
            return sockets::serve();
        }
        if arguments.iter().any(|argument| argument == "--memory") {
            return look_ten_times();
        }
        if !network::is_inside() {
            return match network::inside(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
                Ok(mut command) => std::process::exit(command.status().expect("started").code().unwrap_or(1)),
                Err(why) => println!("NOT RUN: kernel_truth: {why}"),
            };
        }
        let asked: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
        let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
        let mut load = Load::start(&["--hold"]);
        let _bystanders = bystanders();
        println!("CPU ms for one sample of all sockets with their owners, {BYSTANDERS} idle processes beside them");
        println!(
            "{:>8}  {:>10}  {:>10}  {:>6}  {:>18}  {:>18}  {:>18}",
            "sockets", "bare dump", "netglobe", "ratio", "netstat2", "psutil", "ss -tunapi"
        );
        for size in sizes {
            load.grow_to(size);
            thread::sleep(Duration::from_millis(500));
            if size > 20_000 {
                measure_memory(size);
            }
            measure(size);
            measure_rest(size);
            if size == BUSY_SIZE {
                measure_busy(&mut load);
            }
        }
        allocations(&load);
    }

    fn measure(size: usize) {
        let samples = if size > 20_000 { 11 } else { 31 };
        let bare = median((0..samples).map(|_| cpu_of(bare_dump)));
        let mut ours = Ours::open();
        for _ in 0..8 {
            ours.sample();
        }
        assert!(ours.knows_all_owners(), "every owner is known");
        assert!(ours.tracker.len() >= size, "{} of {size} are seen", ours.tracker.len());
        let netglobe = median((0..samples).map(|_| cpu_of(|| ours.sample())));
        let few = if size > 20_000 { 3 } else { 5 };
        let netstat2 = median((0..few).map(|_| cpu_of(netstat2_look)));
        let others = [Ok(netstat2), psutil(few), ss(few)].map(|other| match other {
            Ok(ms) => format!("{ms:.1} ({:.1} ×)", ms / netglobe),
            Err(why) => why,
        });
        println!(
            "{size:>8}  {bare:>10.2}  {netglobe:>10.2}  {:>6.2}  {:>18}  {:>18}  {:>18}",
            netglobe / bare,
            others[0],
            others[1],
            others[2]
        );
    }

    /// Memory used for this many sockets, in a process that does nothing else: first without, then with the memory that
    /// the allocator keeps after the first sample. If it maps all large blocks separately, it keeps none.
    fn measure_memory(size: usize) {
        let resident = |threshold: Option<&str>| {
            let mut command = Command::new(network::this_program());
            command.arg("--memory").envs(threshold.map(|bytes| ("MALLOC_MMAP_THRESHOLD_", bytes)));
            let output = command.output().expect("started");
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        let (in_use, kept) = (resident(Some("131072")), resident(None));
        println!("{size:>8}  memory: {in_use} more in use after ten samples; {kept} with what the allocator keeps");
    }

    /// Runs in the process whose memory is measured.
    fn look_ten_times() {
        let before_mib = memory_mib();
        let mut ours = Ours::open();
        (0..10).for_each(|_| ours.sample());
        println!("{:.1} MiB", memory_mib() - before_mib);
    }

    /// CPU usage of the sampler's threads while nothing changes, and the period that they choose.
    fn measure_rest(size: usize) {
        let sampler = SamplerHandle::spawn(SourceSpec::SockDiag, false, SamplerConfig::default(), Box::new(|| {}));
        thread::sleep(Duration::from_secs(12));
        let mut period = sampler.receiver().try_iter().last().map(|message| message.report.period);
        let cost = cpu_of(|| thread::sleep(REST));
        // A change of the period is reported in a message.
        period = sampler.receiver().try_iter().last().map(|message| message.report.period).or(period);
        let share = cost / REST.as_secs_f64() / 10.0;
        println!(
            "{size:>8}  at rest for {} s: {share:.2} % of a core, a sample every {:.2} s",
            REST.as_secs(),
            period.unwrap_or_default().as_secs_f32()
        );
    }

    /// Ten new connections and as many closed ones between two samples.
    fn measure_busy(load: &mut Load) {
        let (mut ours, mut costs, mut theirs) = (Ours::open(), Vec::new(), Vec::new());
        for sample in 0..20 {
            load.churn(NEW_A_LOOK);
            thread::sleep(BUSY_PAUSE);
            let cost = cpu_of(|| ours.sample());
            let their_cost = cpu_of(netstat2_look);
            if sample >= 4 {
                costs.push(cost);
                theirs.push(their_cost);
                assert!(ours.knows_all_owners(), "owners of new ones are found");
            }
        }
        let (ours, theirs) = (median(costs.into_iter()), median(theirs.into_iter()));
        println!(
            "{BUSY_SIZE:>8}  with 20 new connections a second: netglobe {ours:.2}, netstat2 {theirs:.1} ({:.1} ×)",
            theirs / ours
        );
    }

    /// A sample by this program: the snapshot and its comparison with the previous one.
    struct Ours {
        source: Box<dyn netglobe::sampler::SocketSource>,
        tracker: Tracker,
        now_ms: i64,
    }

    impl Ours {
        fn open() -> Self {
            let source = open_source(&SourceSpec::SockDiag).expect("a source");
            Self { source, tracker: Tracker::default(), now_ms: 1_780_315_200_000 }
        }

        fn sample(&mut self) {
            self.now_ms += 1_000;
            let snapshot = self.source.sample(UnixMillis(self.now_ms)).expect("a snapshot");
            drop(self.tracker.apply(snapshot, UnixMillis(self.now_ms)));
        }

        /// Sockets that were closed and wait for the other end have no process.
        fn knows_all_owners(&self) -> bool {
            let mut live = self.tracker.connections().filter(|row| row.state == SocketState::Established);
            live.all(|row| row.owner.process().is_some())
        }
    }

    /// Reads the same lists, with counters, without parsing them.
    fn bare_dump() {
        let socket =
            socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG));
        let socket = socket.expect("a socket");
        rustix::net::connect(&socket, &SocketAddrNetlink::new(0, 0)).expect("connected");
        let mut buffer = vec![0_u8; 64 * 1024];
        for (family, protocol) in
            [(Family::Both, Protocol::Tcp), (Family::V4, Protocol::Udp), (Family::V6, Protocol::Udp)]
        {
            send(&socket, &dump_request(family, protocol, 1), SendFlags::empty()).expect("asked");
            loop {
                let (_, length) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty()).expect("answered");
                if is_last(&buffer[..length]) {
                    break;
                }
            }
        }
    }

    /// Whether NLMSG_DONE is among the messages of a datagram.
    fn is_last(mut datagram: &[u8]) -> bool {
        while let Some(header) = datagram.first_chunk::<16>() {
            let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
            if u16::from_ne_bytes([header[4], header[5]]) == 3 {
                return true;
            }
            datagram = datagram.get(length.max(16).next_multiple_of(4)..).unwrap_or_default();
        }
        false
    }

    fn netstat2_look() {
        use netstat2::{AddressFamilyFlags, ProtocolFlags, get_sockets_info};
        let families = AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6;
        let sockets = get_sockets_info(families, ProtocolFlags::TCP | ProtocolFlags::UDP).expect("sockets");
        assert!(!sockets.is_empty());
    }

    fn psutil(samples: usize) -> Result<f64, String> {
        let script = format!(
            "import psutil, time\ncosts = []\nfor _ in range({samples}):\n    began = time.process_time()\n    \
             psutil.net_connections('inet')\n    costs.append(time.process_time() - began)\n\
             print(sorted(costs)[len(costs) // 2] * 1000)"
        );
        let output = Command::new("python3").args(["-c", &script]).output().map_err(|_| "no python3".to_owned())?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().map_err(|_| "not installed".to_owned())
    }

    fn ss(runs: usize) -> Result<f64, String> {
        let before = children_cpu_ms();
        for _ in 0..runs {
            let status = Command::new("ss").arg("-tunapi").stdout(Stdio::null()).status();
            status.map_err(|_| "not installed".to_owned())?;
        }
        Ok((children_cpu_ms() - before) / runs as f64)
    }

    /// CPU time of children that have ended (proc(5), `cutime` and `cstime`), in steps of 10 ms.
    fn children_cpu_ms() -> f64 {
        let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
        let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
        let ticks: f64 = [13, 14].iter().map(|field| fields[*field].parse::<f64>().expect("a number")).sum();
        ticks * 10.0
    }

    /// Number of allocations in a sample without changes, as counted by valgrind.
    fn allocations(load: &Load) {
        let count = |polls: u32| -> Option<i64> {
            let polls = polls.to_string();
            let mut command = Command::new("valgrind");
            command.args([env!("CARGO_BIN_EXE_netglobe"), "bench", "--sampler", "--json"]);
            command.args(["--source", "sock-diag", "--polls", polls.as_str()]);
            let output = command.output().ok()?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let line = said.lines().find(|line| line.contains("total heap usage:"))?;
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| *word == "allocs,")?;
            words[at - 1].replace(',', "").parse().ok()
        };
        match count(5).zip(count(25)) {
            Some((few, many)) => {
                let each = (many - few) as f64 / 20.0;
                println!("allocations: {each:.1} a sample of {} sockets that do not change (valgrind)", load.sockets);
            }
            None => println!("NOT RUN: allocations: valgrind is not installed"),
        }
    }

    fn memory_mib() -> f64 {
        let text = fs::read_to_string("/proc/self/status").expect("Linux");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("told");
        line.trim().trim_end_matches("kB").trim().parse::<f64>().expect("a number") / 1024.0
    }

    /// CPU time of the whole process, including the thread that reads events.
    fn cpu_of(work: impl FnOnce()) -> f64 {
        let began = clock_gettime(ClockId::ProcessCPUTime);
        work();
        let ended = clock_gettime(ClockId::ProcessCPUTime);
        (ended.tv_sec - began.tv_sec) as f64 * 1e3 + (ended.tv_nsec - began.tv_nsec) as f64 / 1e6
    }

    fn median(costs: impl Iterator<Item = f64>) -> f64 {
        let mut costs: Vec<f64> = costs.collect();
        costs.sort_by(f64::total_cmp);
        costs[costs.len() / 2]
    }
}
