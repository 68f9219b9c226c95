//! Files in a volume that change all at once, as the kubelet writes them: in a folder of their own, which `..data` points to.

use super::chosen;
use k8s_openapi::api::core::v1::KeyToPath;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

const DATA: &str = "..data";

/// Contents and modes by path.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<String, (Vec<u8>, u32)>);

impl Files {
    /// Adds chosen keys of these values.
    pub(super) fn add(
        &mut self,
        values: BTreeMap<String, Vec<u8>>,
        items: Option<&[KeyToPath]>,
        default: u32,
    ) -> anyhow::Result<()> {
        for (path, value, mode) in chosen(values, items)? {
            self.put(&path, value, mode.unwrap_or(default));
        }
        Ok(())
    }

    pub(super) fn put(&mut self, path: &str, value: Vec<u8>, mode: u32) {
        self.0.insert(path.to_owned(), (value, mode));
    }

    /// Writes them, if they are not there as they are. A group may read them.
    pub(super) fn write(&self, folder: &Path, group: Option<u32>) -> anyhow::Result<()> {
        fs::create_dir_all(folder)?;
        if self.are_there(folder) {
            return Ok(());
        }
        let before = fs::read_link(folder.join(DATA)).ok();
        let number = before.as_ref().map_or(0, |before| number(before)) + 1;
        let version = format!("..{number}");
        let made = folder.join(&version);
        for (path, (value, mode)) in &self.0 {
            let file = made.join(path);
            fs::create_dir_all(file.parent().unwrap_or(&made))?;
            fs::write(&file, value)?;
            let mode = if group.is_some() { mode | 0o440 } else { *mode };
            chown(&file, None, group)?;
            fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        }
        fs::create_dir_all(&made)?;
        let next = folder.join("..data_tmp");
        symlink(&version, &next)?;
        fs::rename(next, folder.join(DATA))?;
        for path in self.0.keys() {
            let first = path.split('/').next().unwrap_or(path);
            let link = folder.join(first);
            if link.symlink_metadata().is_err() {
                symlink(Path::new(DATA).join(first), link)?;
            }
        }
        if let Some(before) = before {
            fs::remove_dir_all(folder.join(before))?;
        }
        Ok(())
    }

    fn are_there(&self, folder: &Path) -> bool {
        let data = folder.join(DATA);
        let same = |(path, (value, _)): (&String, &(Vec<u8>, u32))| {
            fs::read(data.join(path)).is_ok_and(|there| there == *value)
        };
        data.exists() && self.0.iter().all(same)
    }
}

fn number(version: &Path) -> u32 {
    let name = version.to_string_lossy();
    name.trim_start_matches('.').parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_change_at_once_and_the_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        for value in ["one", "two", "two"] {
            let mut files = Files::default();
            files.put("a/b", value.into(), 0o400);
            files.write(folder.path(), None).unwrap();
            let read = fs::read_to_string(folder.path().join("a/b")).unwrap();
            assert_eq!(read, value);
        }
        let data = fs::read_link(folder.path().join(DATA)).unwrap();
        assert_eq!(data, Path::new("..2"));
        assert!(!folder.path().join("..1").exists());
        let mode = fs::metadata(folder.path().join("a/b"))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o400);
    }
}
