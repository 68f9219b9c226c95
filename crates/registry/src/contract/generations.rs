//! Promises about the event log's generations.

use crate::Generations;
use pushmail_domain::StreamId;

/// All of them.
pub async fn a_stream_never_raised_is_of_generation_one(registry: &dyn Generations) {
    assert_eq!(registry.generations().await.unwrap(), [1; 16]);
}

/// And the other streams' stay.
pub async fn a_raised_generation_stands(registry: &dyn Generations) {
    for (stream, seen) in [(3, 1), (3, 2), (15, 6)] {
        let raised = registry.raise_generation(StreamId::new(stream), seen).await;
        assert_eq!(raised.unwrap(), seen + 1);
    }
    let mut expected = [1; 16];
    expected[3] = 3;
    expected[15] = 7;
    assert_eq!(registry.generations().await.unwrap(), expected);
}

/// Whoever saw less is told what stands.
pub async fn a_generation_is_raised_once_for_what_was_seen(registry: &dyn Generations) {
    let stream = StreamId::new(7);
    for (seen, stands) in [(0, 1), (1, 2), (1, 2), (0, 2), (2, 3), (1, 3)] {
        let raised = registry.raise_generation(stream, seen).await;
        assert_eq!(raised.unwrap(), stands, "seen {seen}");
        let generations = registry.generations().await.unwrap();
        assert_eq!(generations[7], stands);
    }
    assert!(registry.raise_generation(stream, u32::MAX).await.is_err());
    assert_eq!(registry.generations().await.unwrap()[7], 3);
}
