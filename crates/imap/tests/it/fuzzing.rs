//! What the fuzz targets do, over seeded random inputs.

use crate::fuzz_bodies;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_that_keeps_to_the_protocol_is_understood(bytes in proptest::collection::vec(any::<u8>(), 3..200)) {
        fuzz_bodies::server(&bytes);
    }
}
