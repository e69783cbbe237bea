//! Running other programs: each is printed before it runs, and its exit code becomes ours if it
//! fails.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

/// A program that ran and failed.
#[derive(Debug)]
pub struct CommandFailed {
    line: String,
    status: ExitStatus,
}

impl fmt::Display for CommandFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed: {}", self.line, self.status)
    }
}

impl std::error::Error for CommandFailed {}

/// A failure whose particulars are printed already, as the last thing: nothing is to be added.
#[derive(Debug)]
pub struct AlreadyReported;

impl fmt::Display for AlreadyReported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("see above")
    }
}

impl std::error::Error for AlreadyReported {}

/// The code to exit with for `error`: that of the program that failed, or 1.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    let code = error
        .downcast_ref::<CommandFailed>()
        .and_then(|failed| failed.status.code())
        .and_then(|code| u8::try_from(code).ok());
    match code {
        Some(code) if code != 0 => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}

/// The directory of the workspace's `Cargo.toml`.
pub fn project_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where Cargo puts what it builds: `CARGO_TARGET_DIR`, or `target` in the project.
pub fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => project_root().join(directory),
        None => project_root().join("target"),
    }
}

/// One run of Cargo in the project's root, with the variables that it is given in addition to ours.
pub struct Cargo {
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

impl Cargo {
    /// `cargo` with these arguments.
    pub fn new(arguments: &[&str]) -> Cargo {
        Cargo {
            arguments: arguments.iter().map(OsString::from).collect(),
            variables: Vec::new(),
        }
    }

    /// Adds arguments.
    pub fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Cargo {
        self.arguments.extend(
            arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned()),
        );
        self
    }

    /// Sets an environment variable for this run.
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Cargo {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Prints the command, runs it, and passes its output through; an error if it fails or can't be
    /// started.
    pub fn run(&self) -> anyhow::Result<()> {
        println!("$ {self}");
        let status = self.command().status()?;
        if !status.success() {
            return Err(CommandFailed {
                line: self.to_string(),
                status,
            }
            .into());
        }
        Ok(())
    }

    /// Whether the command succeeds; prints nothing.
    pub fn succeeds(&self) -> bool {
        self.command()
            .output()
            .is_ok_and(|output| output.status.success())
    }

    fn command(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(&self.arguments).current_dir(project_root());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The command as a person would type it.
impl fmt::Display for Cargo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.variables {
            write!(f, "{}={} ", name.to_string_lossy(), quoted(value))?;
        }
        f.write_str("cargo")?;
        for argument in &self.arguments {
            write!(f, " {}", quoted(argument))?;
        }
        Ok(())
    }
}

/// `text` in single quotes where a shell would take it apart.
fn quoted(text: &OsStr) -> String {
    let text = text.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_printed_as_it_would_be_typed() {
        let cargo = Cargo::new(&["test", "loom_"]).variable("RUSTFLAGS", "--cfg heirloom_loom");
        assert_eq!(
            cargo.to_string(),
            "RUSTFLAGS='--cfg heirloom_loom' cargo test loom_"
        );
    }

    #[test]
    fn a_failure_keeps_the_exit_code_of_what_failed() {
        let refused = Cargo::new(&["--no-such-option"]);
        let status = refused.command().output().unwrap().status;
        let code = u8::try_from(status.code().unwrap()).unwrap();
        let error = CommandFailed {
            line: refused.to_string(),
            status,
        }
        .into();
        assert_ne!(code, 0);
        assert_eq!(exit_code(&error), ExitCode::from(code));
        assert_eq!(exit_code(&anyhow::anyhow!("ours")), ExitCode::FAILURE);
    }
}
