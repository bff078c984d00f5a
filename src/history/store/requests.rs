//! What programs ask of the one that records: it alone changes blocks.

use super::{HistoryError, Store};

impl Store {
    /// Asks for something, and returns the number of the request.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn request(&self, what: &str) -> Result<i64, HistoryError> {
        self.execute("INSERT INTO request(what) VALUES(?1)", [what])?;
        Ok(self.db.last_insert_rowid())
    }

    /// The answer to a request, once there is one.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn answer_to(&self, id: i64) -> Result<Option<String>, HistoryError> {
        Ok(self.row("SELECT answer FROM request WHERE id = ?1", [id], |row| row.get::<_, Option<String>>(0))?.flatten())
    }

    /// Removes a request.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn forget_request(&self, id: i64) -> Result<(), HistoryError> {
        self.execute("DELETE FROM request WHERE id = ?1", [id]).map(|_| ())
    }

    /// Removes what programs have asked for that do not wait any more.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn clear_requests(&self) -> Result<(), HistoryError> {
        self.execute("DELETE FROM request", []).map(|_| ())
    }

    /// Requests without an answer.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn requests(&self) -> Result<Vec<(i64, String)>, HistoryError> {
        self.rows("SELECT id, what FROM request WHERE answer IS NULL ORDER BY id", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Answers a request.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn answer(&self, id: i64, answer: &str) -> Result<(), HistoryError> {
        self.execute("UPDATE request SET answer = ?2 WHERE id = ?1", rusqlite::params![id, answer]).map(|_| ())
    }
}
