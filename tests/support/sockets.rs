//! A process that owns sockets on request: the test program itself, started again.
//!
//! Orders are lines on standard input; each is answered by one line that starts with `@`. The process ends at the end
//! of the input, so that it does not outlive the test that started it.
#![allow(dead_code, reason = "each user takes what it needs")]

use rustix::net::{
    AddressFamily, SocketType, bind, connect, listen, socket,
    sockopt::{set_socket_linger, set_socket_reuseaddr},
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    collections::{HashMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A process that owns sockets.
pub(crate) struct Holder {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// One of its sockets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    id: u32,
    pub(crate) local: SocketAddr,
    /// The other end, or the local one if there is none.
    pub(crate) remote: SocketAddr,
}

impl Holder {
    /// Starts the process, which runs [`serve`], and gives it a name.
    pub(crate) fn start(mut command: Command, name: &str) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let (orders, answers) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let mut holder = Self { child, orders, answers: BufReader::new(answers) };
        holder.order(&format!("name {}", name.escape_default()));
        holder
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Runs `ip ARGS` in the network namespace of this process.
    pub(crate) fn ip(&mut self, args: &str) {
        self.order(&format!("ip {args}"));
    }

    pub(crate) fn tcp_listen(&mut self, at: &str) -> Held {
        self.open(&format!("tcp-listen {at}"))
    }

    /// Opens this many connections to `to`, and keeps them open.
    pub(crate) fn fill(&mut self, to: SocketAddr, count: usize) {
        self.order(&format!("fill {to} {count}"));
    }

    /// Closes this many connections opened by [`Holder::fill`], the oldest first.
    pub(crate) fn empty(&mut self, count: usize) {
        self.order(&format!("empty {count}"));
    }

    /// Opens and closes this many connected UDP sockets as fast as possible.
    pub(crate) fn flash(&mut self, to: SocketAddr, count: usize) {
        self.order(&format!("flash {to} {count}"));
    }

    /// Accepts the next connection at `listener`.
    pub(crate) fn tcp_accept(&mut self, listener: Held) -> Held {
        self.open(&format!("tcp-accept {}", listener.id))
    }

    /// Connects from `from`, where port 0 is any port, or from an address chosen by the system.
    pub(crate) fn tcp_connect(&mut self, to: SocketAddr, from: Option<&str>) -> Held {
        self.open(&format!("tcp-connect {to} {}", from.unwrap_or("")))
    }

    /// A UDP socket at `at`, which it may share, connected to `to` if that is given.
    pub(crate) fn udp(&mut self, at: &str, to: Option<&str>) -> Held {
        self.open(&format!("udp {at} {}", to.unwrap_or("")))
    }

    /// Sends this many bytes.
    pub(crate) fn send(&mut self, held: Held, bytes: usize) {
        self.order(&format!("send {} {bytes}", held.id));
    }

    /// Receives this many bytes.
    pub(crate) fn receive(&mut self, held: Held, bytes: usize) {
        self.order(&format!("receive {} {bytes}", held.id));
    }

    /// Answers this many connections at `listener`, in the background: receives 1,000 bytes and sends 2,000. `how` says
    /// who closes: `client`, `server`, `reset` by the server, or `client-reset`; or `abort`, without any data.
    pub(crate) fn answer(&mut self, listener: Held, count: usize, how: &str) {
        self.order(&format!("answer {} {count} {how}", listener.id));
    }

    /// The client of [`Holder::answer`]; returns when all are closed.
    pub(crate) fn ask(&mut self, to: SocketAddr, count: usize, how: &str) {
        self.order(&format!("ask {to} {count} {how}"));
    }

    /// Shuts down the sending direction.
    pub(crate) fn end(&mut self, held: Held) {
        self.order(&format!("end {}", held.id));
    }

    pub(crate) fn close(&mut self, held: Held) {
        self.order(&format!("close {}", held.id));
    }

    fn open(&mut self, order: &str) -> Held {
        let answer = self.order(order);
        let mut words = answer.split_whitespace();
        let mut next = || words.next().unwrap_or_else(|| panic!("{order}: {answer}"));
        let id = next().parse().expect("a number");
        let local = next().parse().expect("an address");
        Held { id, local, remote: next().parse().expect("an address") }
    }

    fn order(&mut self, order: &str) -> String {
        writeln!(self.orders, "{order}").expect("it listens");
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.answers.read_line(&mut line).expect("readable") > 0, "{order}: the process has ended");
            // A test program also prints other output, not always on separate lines.
            if let Some((_, answer)) = line.split_once('@') {
                assert!(!answer.starts_with('!'), "{order}: {answer}");
                return answer.trim().to_owned();
            }
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It may already have ended.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(|_| ()).unwrap_or_default();
    }
}

/// First port of [`Holder::ask`], below the ephemeral ports of the system.
const FIRST_PORT: u16 = 20_000;
/// Number for a set of many connections.
const CROWD: u32 = 0;

enum Socket {
    Crowd(VecDeque<TcpStream>),
    Listener(TcpListener),
    Stream(TcpStream),
    Udp(UdpSocket),
}

/// Main loop of the process: executes orders until the end of the input.
pub(crate) fn serve() {
    // Raise the limit of open files to its maximum.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("allowed");
    let mut sockets = HashMap::new();
    let mut next_id = 0;
    for order in std::io::stdin().lines() {
        let order = order.expect("readable");
        let answer = follow(&order, &mut sockets, &mut next_id).unwrap_or_else(|error| format!("!{error}"));
        println!("@{}", answer.replace('\n', " "));
        std::io::stdout().flush().expect("somebody listens");
    }
}

fn follow(order: &str, sockets: &mut HashMap<u32, Socket>, next_id: &mut u32) -> Result<String, String> {
    let words: Vec<&str> = order.split_whitespace().collect();
    let address = |at: usize| words[at].parse::<SocketAddr>().map_err(|error| error.to_string());
    let id = |at: usize| words[at].parse::<u32>().map_err(|error| error.to_string());
    let said = |error: std::io::Error| error.to_string();
    let socket = match words[0] {
        "name" => {
            let name = unescape(order.split_once(' ').map_or("", |(_, name)| name));
            // Writing nothing would not change the name.
            std::fs::write("/proc/self/comm", if name.is_empty() { "\0" } else { &name }).map_err(said)?;
            return Ok(String::new());
        }
        "ip" => {
            let output = Command::new("ip").args(&words[1..]).output().map_err(said)?;
            let what_is_wrong = String::from_utf8_lossy(&output.stderr).into_owned();
            return if output.status.success() { Ok(String::new()) } else { Err(what_is_wrong) };
        }
        "close" => {
            let found = sockets.remove(&id(1)?).map(drop);
            return found.map(|()| String::new()).ok_or_else(|| "no such socket".to_owned());
        }
        "fill" => {
            let (to, count) = (address(1)?, id(2)?);
            let Socket::Crowd(crowd) = sockets.entry(CROWD).or_insert_with(|| Socket::Crowd(VecDeque::new())) else {
                return Err("no crowd".to_owned());
            };
            for _ in 0..count {
                crowd.push_back(TcpStream::connect(to).map_err(said)?);
            }
            return Ok(String::new());
        }
        "empty" => {
            let Some(Socket::Crowd(crowd)) = sockets.get_mut(&CROWD) else { return Err("no crowd".to_owned()) };
            crowd.drain(..crowd.len().min(id(1)? as usize));
            return Ok(String::new());
        }
        "flash" => {
            let (to, count) = (address(1)?, id(2)?);
            for _ in 0..count {
                connected(SocketType::DGRAM, None, Some(to)).map_err(said)?;
            }
            return Ok(String::new());
        }
        "answer" => {
            let Some(Socket::Listener(listener)) = sockets.get(&id(1)?) else { return Err("no listener".to_owned()) };
            let (listener, count, how) = (listener.try_clone().map_err(said)?, id(2)?, words[3].to_owned());
            thread::spawn(move || {
                for _ in 0..count {
                    let (stream, _) = listener.accept().expect("a connection");
                    let how = how.clone();
                    thread::spawn(move || exchange(stream, "server", &how));
                }
            });
            return Ok(String::new());
        }
        "ask" => {
            let (to, count, how) = (address(1)?, id(2)?, words[3]);
            thread::scope(|scope| {
                for part in 0..8 {
                    scope.spawn(move || {
                        for number in (part..count).step_by(8) {
                            // Each with its own port: the system reuses that of a reset connection.
                            let port = FIRST_PORT + u16::try_from(number).expect("few");
                            let any = if to.is_ipv4() { "0.0.0.0" } else { "::" };
                            let from = SocketAddr::new(any.parse().expect("an address"), port);
                            let stream = connected(SocketType::STREAM, Some(from), Some(to)).expect("connected");
                            exchange(stream.into(), "client", how);
                        }
                    });
                }
            });
            return Ok(String::new());
        }
        "send" | "receive" | "end" => {
            let Some(Socket::Stream(stream)) = sockets.get_mut(&id(1)?) else {
                return Err("no such stream".to_owned());
            };
            let mut bytes = vec![7; words.get(2).map_or(Ok(0), |word| word.parse()).map_err(|_| "no number")?];
            let done = match words[0] {
                "send" => stream.write_all(&bytes),
                "receive" => stream.read_exact(&mut bytes),
                _ => stream.shutdown(Shutdown::Write),
            };
            return done.map(|()| String::new()).map_err(said);
        }
        "tcp-listen" => {
            let listener = TcpListener::bind(address(1)?).map_err(said)?;
            // The maximum backlog.
            listen(&listener, 4096).map_err(|error| error.to_string())?;
            Socket::Listener(listener)
        }
        "tcp-accept" => match sockets.get(&id(1)?) {
            Some(Socket::Listener(listener)) => Socket::Stream(listener.accept().map_err(said)?.0),
            _ => return Err("no such listener".to_owned()),
        },
        "tcp-connect" => {
            let from = (words.len() > 2).then(|| address(2)).transpose()?;
            Socket::Stream(connected(SocketType::STREAM, from, Some(address(1)?)).map_err(said)?.into())
        }
        "udp" => {
            let to = (words.len() > 2).then(|| address(2)).transpose()?;
            Socket::Udp(connected(SocketType::DGRAM, Some(address(1)?), to).map_err(said)?.into())
        }
        other => return Err(format!("unknown order {other}")),
    };
    let local = match &socket {
        Socket::Crowd(_) => return Err("no socket".to_owned()),
        Socket::Listener(socket) => socket.local_addr(),
        Socket::Stream(socket) => socket.local_addr(),
        Socket::Udp(socket) => socket.local_addr(),
    };
    let local = local.map_err(said)?;
    let remote = match &socket {
        Socket::Stream(socket) => socket.peer_addr().map_err(said)?,
        Socket::Udp(socket) => socket.peer_addr().unwrap_or(local),
        Socket::Listener(_) | Socket::Crowd(_) => local,
    };
    *next_id += 1;
    sockets.insert(*next_id, socket);
    Ok(format!("{next_id} {local} {remote}"))
}

/// A short connection: about 5 ms, much less than the sample interval.
fn exchange(mut stream: TcpStream, who: &str, how: &str) {
    let mut rest = Vec::new();
    if how == "abort" {
        if who == "client" {
            set_socket_linger(&stream, Some(Duration::ZERO)).expect("a socket");
        } else {
            stream.read_to_end(&mut rest).map(|_| ()).unwrap_or_default();
        }
        return;
    }
    let (gives, takes) = if who == "client" { (1_000, 2_000) } else { (2_000, 1_000) };
    stream.write_all(&vec![7; gives]).expect("sent");
    stream.read_exact(&mut vec![0; takes]).expect("received");
    thread::sleep(Duration::from_millis(4));
    let is_first = how == who || (how, who) == ("reset", "server") || (how, who) == ("client-reset", "client");
    if !is_first {
        // Wait until the other end has closed, in any way.
        stream.read_to_end(&mut rest).map(|_| ()).unwrap_or_default();
    } else if how.ends_with("reset") {
        wait_until_acknowledged(&stream);
        set_socket_linger(&stream, Some(Duration::ZERO)).expect("a socket");
    }
}

/// Waits until the other end has received everything, because a reset discards the rest. The IPv4 table contains the
/// number of unacknowledged bytes (proc(5), `tx_queue`).
fn wait_until_acknowledged(stream: &TcpStream) {
    let port = stream.local_addr().expect("a socket").port();
    let remote = stream.peer_addr().expect("connected").port();
    let is_waiting = || {
        let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux");
        let ends = format!(":{remote:04X} ");
        let mine = |line: &&str| line.contains(&format!(":{port:04X} ")) && line.contains(&ends);
        table.lines().filter(mine).any(|line| !line.contains(" 00000000:"))
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    while is_waiting() {
        assert!(Instant::now() < deadline, "the other end does not acknowledge");
        thread::yield_now();
    }
}

fn connected(
    kind: SocketType,
    from: Option<SocketAddr>,
    to: Option<SocketAddr>,
) -> std::io::Result<std::os::fd::OwnedFd> {
    let is_v4 = from.or(to).is_some_and(|address| address.is_ipv4());
    let socket = socket(if is_v4 { AddressFamily::INET } else { AddressFamily::INET6 }, kind, None)?;
    if let Some(from) = from {
        set_socket_reuseaddr(&socket, true)?;
        bind(&socket, &from)?;
    }
    if let Some(to) = to {
        connect(&socket, &to)?;
    }
    Ok(socket)
}

/// The inverse of `str::escape_default`, as far as needed for names of processes.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (digits, after) = after.split_once('}').expect("an escape");
        plain.push_str(before);
        plain.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
        rest = after;
    }
    plain + &rest.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
}
