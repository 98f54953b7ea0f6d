//! Figures of this process, from `/proc/self`.

use std::collections::HashSet;
use std::fs;

/// Returns a number of `/proc/self/status`, such as `VmRSS` in KiB, or 0 if it cannot be read.
pub(crate) fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Counts the open descriptors, without sockets that have one of these ports at either end.
///
/// The issuer and the control listener are in the same process, but their connections are not part of the target.
pub(crate) fn descriptors(ignored_ports: &[u16]) -> u64 {
    let ignored = sockets(ignored_ports);
    let Ok(descriptors) = fs::read_dir("/proc/self/fd") else { return 0 };
    let counted = descriptors.filter_map(Result::ok).filter(|descriptor| match fs::read_link(descriptor.path()) {
        Ok(link) => !ignored.contains(link.to_string_lossy().as_ref()),
        // The descriptor of the directory itself is closed at the end of the iteration.
        Err(_) => false,
    });
    counted.count() as u64
}

/// Returns the sockets with one of these ports, in the format of `/proc/self/fd`.
fn sockets(ports: &[u16]) -> HashSet<String> {
    let table = fs::read_to_string("/proc/self/net/tcp").unwrap_or_default();
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let port = |field: &str| u16::from_str_radix(field.rsplit_once(':')?.1, 16).ok();
        let at_port =
            [fields.get(1)?, fields.get(2)?].iter().any(|field| port(field).is_some_and(|p| ports.contains(&p)));
        at_port.then(|| Some(format!("socket:[{}]", fields.get(9)?))).flatten()
    };
    table.lines().skip(1).filter_map(entry).collect()
}
