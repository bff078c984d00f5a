//! Rows on standard output, and notes on standard error.

use super::ListError;
use crate::{
    model::Degradation,
    stage::Mask,
    text::{escape_untrusted, with_remedy},
};
use std::{borrow::Cow, collections::HashSet, io::Write};

/// A degradation and its remedy on one line, not yet escaped.
pub(in crate::commands) fn degradation_line(degradation: &Degradation) -> String {
    with_remedy(&degradation.what, &degradation.remedy)
}

/// Output for rows and notes.
pub(super) struct Output<'a, W, N> {
    /// In stage mode.
    pub(super) mask: Option<&'a Mask>,
    pub(super) out: W,
    pub(super) notes: N,
    pub(super) terminal_columns: Option<usize>,
    pub(super) told: HashSet<String>,
}

impl<W: Write, N: Write> Output<'_, W, N> {
    /// Writes a line to standard output, and flushes it.
    pub(super) fn line(&mut self, mut line: String) -> Result<(), ListError> {
        line.push('\n');
        self.out.write_all(line.as_bytes()).and_then(|()| self.out.flush()).map_err(ListError::Output)
    }

    /// Writes a note to standard error.
    pub(super) fn note(&mut self, note: &str) {
        let note = self.mask.map_or(Cow::Borrowed(note), |mask| mask.text(note));
        if writeln!(self.notes, "netglobe: {}", escape_untrusted(&note)).is_err() {
            // Ignore it: the rows may still be read.
        }
    }

    /// Notes each degradation once.
    pub(super) fn tell(&mut self, degradations: &[Degradation]) {
        for degradation in degradations {
            let note = degradation_line(degradation);
            if self.told.insert(note.clone()) {
                self.note(&note);
            }
        }
    }
}
