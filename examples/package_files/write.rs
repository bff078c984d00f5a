//! Writes manual pages and shell completions.

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate_to};
use clap_mangen::Man;
use netglobe::cli::Cli;
use std::{fs, io, path::Path};

/// The whole command line, as it is documented: without the command that only prints help.
pub fn command_line() -> Command {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    command
}

/// A page for the program and for each of its commands, in section 1: `netglobe.1`, `netglobe-list.1`, …
pub fn manual_pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    page(&command_line(), folder)
}

fn page(command: &Command, folder: &Path) -> io::Result<()> {
    command.get_subcommands().filter(|it| !it.is_hide_set()).try_for_each(|it| page(it, folder))?;
    Man::new(command.clone())
        .source(concat!("netglobe ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands")
        .generate_to(folder)
        .map(drop)
}

/// For bash, zsh and fish.
pub fn completions(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    [Shell::Bash, Shell::Zsh, Shell::Fish]
        .into_iter()
        .try_for_each(|shell| generate_to(shell, &mut Cli::command(), "netglobe", folder).map(drop))
}
