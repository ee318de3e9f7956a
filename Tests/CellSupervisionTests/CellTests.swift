import Testing

/// Tests with processes of their own, one after another, so that what one leaves can be counted.
@Suite(.serialized) enum CellTests {}
