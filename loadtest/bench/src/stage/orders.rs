//! What whoever started this wants meanwhile, line by line.

use tokio::sync::mpsc;

/// Lines that may wait.
const WAITING: usize = 16;

/// The lines of standard input, until that ends.
pub(super) fn orders() -> mpsc::Receiver<String> {
    let (sender, orders) = mpsc::channel(WAITING);
    // Standard input blocks; the thread ends with it, or with the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    orders
}
