//! A program under test, run as a server.

use super::{Backing, Plan, http};
use crate::server::{Files, Lease, guard};
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::Command;

/// A running program of this project, with a folder and ports of its own: everything that a
/// [`Backing`] has. So it ends when the test program ends, however that ends.
pub struct Program {
    backing: Backing,
    addrs: Vec<SocketAddr>,
}

impl Program {
    /// Starts the program with what `configure` adds to its command, and waits until the path at the
    /// last of its ports answers by 200. `configure` is given the program's folder, which outlives
    /// it as long as this does, and its ports.
    ///
    /// # Errors
    /// When it does not start, or ends instead of becoming ready; with its log.
    pub fn start(
        name: &'static str,
        program: &Path,
        ports: usize,
        ready: &'static str,
        configure: impl FnOnce(&mut Command, &Path, &[SocketAddr]) -> io::Result<()>,
    ) -> io::Result<Self> {
        let files = Files::new(name)?;
        let ports: Vec<Lease> = (0..ports)
            .map(|_| Lease::new())
            .collect::<io::Result<_>>()?;
        let addrs: Vec<SocketAddr> = ports.iter().map(Lease::addr).collect();
        let asked = *addrs.last().ok_or_else(|| io::Error::other("no port"))?;
        let mut command = guard::command(&files, program);
        configure(&mut command, files.folder(), &addrs)?;
        let plan = Plan {
            files,
            ports,
            command,
            is_ready: Box::new(move || http::get(asked, ready).map(drop)),
        };
        let backing = Backing::launch(name, plan)?;
        Ok(Self { backing, addrs })
    }

    /// Where it listens.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// Starts it again after it was killed, or ended by itself.
    ///
    /// # Errors
    /// When it does not start, or ends instead of becoming ready.
    pub fn try_start_again(&mut self) -> io::Result<()> {
        self.backing.end()?;
        self.backing.run()
    }
}

impl Deref for Program {
    type Target = Backing;

    fn deref(&self) -> &Backing {
        &self.backing
    }
}

impl DerefMut for Program {
    fn deref_mut(&mut self) -> &mut Backing {
        &mut self.backing
    }
}
