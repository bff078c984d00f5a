//! Opens a history: makes a new one, refuses what is not one, and sets a damaged one aside.

use super::{
    APPLICATION_ID, HistoryError, SCHEMA_VERSION, Store,
    lock::{WriterLock, beside},
};
use crate::{
    files::{Owner, create_directory, keep_from_others, only_for_user},
    model::UnixMillis,
};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long to wait while another program has the database locked.
const BUSY: Duration = Duration::from_secs(2);
/// Memory for pages of the file, KiB.
const CACHE_KIB: i64 = 2_048;
/// The log is merged into the database when it has so many pages.
const CHECKPOINT_PAGES: i64 = 128;

const SCHEMA: &str = "
CREATE TABLE run(id INTEGER PRIMARY KEY AUTOINCREMENT, started_ms INTEGER NOT NULL, alive_ms INTEGER NOT NULL,
    has_ended INTEGER NOT NULL DEFAULT 0, label TEXT);
CREATE TABLE block(id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL, events INTEGER NOT NULL, opened INTEGER NOT NULL, bytes INTEGER NOT NULL,
    counters_ms INTEGER NOT NULL);
CREATE TABLE block_data(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE tail(id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE gap(id INTEGER PRIMARY KEY AUTOINCREMENT, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
    reason TEXT NOT NULL, count INTEGER NOT NULL DEFAULT 0);
CREATE TABLE activity(level INTEGER NOT NULL, bin INTEGER NOT NULL, opened INTEGER NOT NULL, closed INTEGER NOT NULL,
    most_open INTEGER NOT NULL, sent INTEGER NOT NULL, received INTEGER NOT NULL, PRIMARY KEY(level, bin)) WITHOUT ROWID;
CREATE TABLE subject(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name));
CREATE TABLE span(span INTEGER NOT NULL, number INTEGER NOT NULL, subject INTEGER NOT NULL, present INTEGER NOT NULL,
    opened INTEGER NOT NULL, sent INTEGER NOT NULL, received INTEGER NOT NULL, PRIMARY KEY(span, number, subject))
    WITHOUT ROWID;
CREATE TABLE first(process INTEGER NOT NULL, other INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY(process, other)) WITHOUT ROWID;
CREATE TABLE request(id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, answer TEXT);
CREATE INDEX first_at ON first(at_ms);
";

/// A damaged history that was renamed, so that a new one could begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its new name.
    pub path: PathBuf,
    /// What was wrong.
    pub why: String,
}

/// A history that is open for writing.
#[derive(Debug)]
pub struct Opened {
    /// It.
    pub store: Store,
    /// The right to write to it.
    pub lock: WriterLock,
    /// The damaged one that was there.
    pub set_aside: Option<SetAside>,
}

impl Store {
    /// Opens the history at `path` for writing, and makes it if there is none. `may_set_aside` says that a file which is
    /// not a history may be renamed: in the program's own directory, not where the user says. `now` is part of its new
    /// name.
    ///
    /// # Errors
    /// If it cannot be written: another program writes to it, it is from a newer version, belongs to another program or
    /// another user, or the system refuses.
    pub fn open_for_writing(path: &Path, may_set_aside: bool, now: UnixMillis) -> Result<Opened, HistoryError> {
        let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if Owner::in_directory(directory).is_some() {
            return Err(HistoryError::OfAnotherUser { path: path.to_owned() });
        }
        let is_new_directory = !directory.exists();
        let failed = |source| HistoryError::Io { path: directory.to_owned(), source };
        create_directory(directory, None).map_err(failed)?;
        if is_new_directory || may_set_aside {
            keep_from_others(directory).map_err(failed)?;
        }
        let lock = WriterLock::take(path)?;
        let (store, set_aside) = match Self::open_locked(path) {
            Ok(store) => (store, None),
            Err(error) if Self::is_to_set_aside(&error, path, may_set_aside) => {
                let aside = set_aside(path, &error, now)?;
                (Self::open_locked(path)?, Some(aside))
            }
            Err(error) => return Err(error),
        };
        Ok(Opened { store, lock, set_aside })
    }

    /// Whether a file that cannot be opened because of `error` may be renamed. A damaged one that was a history may,
    /// wherever it is.
    fn is_to_set_aside(error: &HistoryError, path: &Path, may_set_aside: bool) -> bool {
        match error {
            HistoryError::Foreign { .. } => may_set_aside,
            error => error.is_damage() && (may_set_aside || has_our_mark(path)),
        }
    }

    fn open_locked(path: &Path) -> Result<Self, HistoryError> {
        let failed = |source| HistoryError::Io { path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        only_for_user(&mut options);
        // The files beside it get the same rights.
        drop(options.open(path).map_err(failed)?);
        keep_from_others(path).map_err(failed)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = Self::connect(path, flags)?;
        // Before the first table.
        store.pragma("auto_vacuum", "INCREMENTAL")?;
        store.pragma("journal_mode", "WAL")?;
        store.pragma("synchronous", "NORMAL")?;
        store.pragma("secure_delete", "ON")?;
        store.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)?;
        store.pragma("journal_size_limit", 0)?;
        if store.number("PRAGMA user_version")? == 0 {
            let make = format!(
                "BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION}; COMMIT;"
            );
            store.db.execute_batch(&make).map_err(|source| store.failed(source))?;
        }
        store.check()?;
        keep_beside_from_others(path)?;
        Ok(store)
    }

    /// Opens the history at `path` to ask something of the program that writes to it.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open_beside_writer(path: &Path) -> Result<Self, HistoryError> {
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        store.pragma("secure_delete", "ON")?;
        Ok(store)
    }

    /// Opens the history at `path` for reading.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn open_for_reading(path: &Path) -> Result<Self, HistoryError> {
        match path.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(HistoryError::None { path: path.to_owned() });
            }
            Err(source) => return Err(HistoryError::Io { path: path.to_owned(), source }),
            Ok(metadata) if !metadata.is_file() => return Err(HistoryError::Foreign { path: path.to_owned() }),
            Ok(metadata) if metadata.len() == 0 => return Err(HistoryError::Empty { path: path.to_owned() }),
            Ok(_) => {}
        }
        // Reading needs to write to the file of shared memory beside it, so try with the right to write first.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Self::connect(path, flags).and_then(Self::checked);
        match opened {
            Err(HistoryError::Database { source, .. })
                if matches!(
                    source.sqlite_error_code(),
                    Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly)
                ) =>
            {
                // The system says better than SQLite why it cannot be read.
                let failed = |source| HistoryError::Io { path: path.to_owned(), source };
                drop(std::fs::File::open(path).map_err(failed)?);
                // Without the log, the newest part would be missing, and the rest may be half written.
                if beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0) {
                    return Err(HistoryError::LogUnread { path: path.to_owned() });
                }
                // In a directory that cannot be written, such as one on a disc, nobody else can write either.
                let flags = flags | OpenFlags::SQLITE_OPEN_URI;
                Self::connect(Path::new(&immutable_uri(path)), flags)
                    .map(|store| Self { path: path.to_owned(), ..store })
                    .and_then(Self::checked)
            }
            opened => opened,
        }
    }

    /// It, if it was made to its end and nothing is wrong at once.
    fn checked(self) -> Result<Self, HistoryError> {
        if self.number("PRAGMA user_version")? == 0 {
            // The disk was full, or the program was killed, before it had its tables.
            return Err(HistoryError::Empty { path: self.path });
        }
        self.check().map(|()| self)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, HistoryError> {
        let failed = |source| HistoryError::Database { path: path.to_owned(), source };
        let db = Connection::open_with_flags(path, flags).map_err(failed)?;
        db.busy_timeout(BUSY).map_err(failed)?;
        let store = Self { db, path: path.to_owned(), file: super::file_at(path) };
        store.pragma("cache_size", -CACHE_KIB)?;
        store.pragma("temp_store", "MEMORY")?;
        // A file that was made by hand must not make SQLite run anything.
        store.pragma("trusted_schema", "OFF")?;
        let application = store.number("PRAGMA application_id")?;
        let tables = store.number("SELECT count(*) FROM sqlite_schema")?;
        if application != APPLICATION_ID && (application != 0 || tables > 0) {
            return Err(HistoryError::Foreign { path: path.to_owned() });
        }
        let found = store.number("PRAGMA user_version")?;
        if found > SCHEMA_VERSION {
            return Err(HistoryError::Newer { path: path.to_owned(), found, known: SCHEMA_VERSION });
        }
        Ok(store)
    }

    /// Reads a little of each table, to find damage that shows at once.
    fn check(&self) -> Result<(), HistoryError> {
        for table in ["run", "block", "block_data", "tail", "gap", "activity", "subject", "span", "first", "request"] {
            self.rows(&format!("SELECT 1 FROM {table} LIMIT 1"), [], |_| Ok(()))?;
        }
        Ok(())
    }

    fn pragma(&self, name: &str, value: impl rusqlite::ToSql) -> Result<(), HistoryError> {
        self.db.pragma_update_and_check(None, name, value, |_| Ok(())).or_else(|error| match error {
            // Most return nothing.
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            source => Err(self.failed(source)),
        })
    }

    /// The number that a query returns, 0 for none.
    pub(super) fn number(&self, sql: &str) -> Result<i64, HistoryError> {
        Ok(self.row(sql, [], |row| row.get::<_, Option<i64>>(0))?.flatten().unwrap_or(0))
    }
}

/// Whether the file begins like a history, whatever follows.
fn has_our_mark(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 100];
    let is_read = std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok());
    // The application's number is at this offset of the header (SQLite's file format, 1.3).
    is_read && head[68..72] == (APPLICATION_ID as u32).to_be_bytes()
}

/// Renames the history at `path` and the files beside it.
fn set_aside(path: &Path, why: &HistoryError, now: UnixMillis) -> Result<SetAside, HistoryError> {
    let day: String = now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let aside = beside(path, &format!(".damaged-{day}"));
    for ending in ["", "-wal", "-shm"] {
        match std::fs::rename(beside(path, ending), beside(&aside, ending)) {
            Err(error) if !ending.is_empty() && error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(HistoryError::Io { path: path.to_owned(), source }),
            Ok(()) => {}
        }
    }
    Ok(SetAside { path: aside, why: why.to_string() })
}

fn immutable_uri(path: &Path) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/.-_".contains(byte);
    let letter = |byte: &u8| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    let path: String = path.as_os_str().as_encoded_bytes().iter().map(letter).collect();
    format!("file:{path}?immutable=1")
}

/// Takes the rights of others to the files beside a history away. On Unix these have the mode of the history already; on
/// Windows those of their directory, which may be any.
fn keep_beside_from_others(path: &Path) -> Result<(), HistoryError> {
    for ending in ["-wal", "-shm", "-lock"] {
        let beside = beside(path, ending);
        match keep_from_others(&beside) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(HistoryError::Io { path: beside, source });
            }
            _ => {}
        }
    }
    Ok(())
}
