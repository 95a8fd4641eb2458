//! Ctrl-C: the first asks the work to stop, the second ends the program.

use std::process;

use lookalike::CancelToken;

/// What shells expect of a program that was interrupted: 128 + SIGINT.
pub(crate) const EXIT_CODE: u8 = 130;

/// A token that the first Ctrl-C cancels.
pub(crate) fn cancel_token() -> CancelToken {
    let token = CancelToken::default();
    let shared = token.clone();
    // Where the system has no such signal, the program just cannot be stopped gently.
    let _ = ctrlc::set_handler(move || {
        if shared.is_cancelled() {
            process::exit(EXIT_CODE.into());
        }
        shared.cancel();
    });
    token
}
