import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct TokenBucketTests {
    private func taken(_ bucket: inout TokenBucket, at seconds: Double, tries: Int) -> Int {
        let now = NIODeadline.uptimeNanoseconds(UInt64(seconds * 1e9))
        return (0..<tries).count { _ in bucket.take(now) == nil }
    }

    @Test func aFullBucketGivesItsBurstThenTheRate() {
        var bucket = TokenBucket(ratePerMinute: 600, burst: 5)
        #expect(taken(&bucket, at: 100, tries: 20) == 5)
        #expect(taken(&bucket, at: 100.1, tries: 20) == 1)
        #expect(taken(&bucket, at: 100.35, tries: 20) == 2)
        #expect(taken(&bucket, at: 200, tries: 20) == 5)
    }

    @Test func theWaitIsExact() {
        var bucket = TokenBucket(ratePerMinute: 60, burst: 1)
        let now = NIODeadline.uptimeNanoseconds(1 << 40)
        #expect(bucket.take(now) == nil)
        #expect(bucket.take(now + .milliseconds(250)) == .milliseconds(750))
        #expect(bucket.take(now + .seconds(1)) == nil)
    }

    @Test(arguments: [(60, 1), (30, 1), (6_000, 100), (1, 1)])
    func withoutABurstItHoldsWhatComesBackInASecond(rate: Int, size: Int) {
        var bucket = TokenBucket(ratePerMinute: rate, burst: nil)
        #expect(taken(&bucket, at: 1_000, tries: 500) == size)
    }

    @Test func overAnHourItGivesTheRateWhateverThePattern() {
        var bucket = TokenBucket(ratePerMinute: 120, burst: 10)
        var now = 1_000.0
        var given = 0
        var round = 0
        while now < 4_600 {
            given += taken(&bucket, at: now, tries: round * 7 % 20)
            now += Double(round * 13 % 50) / 100
            round += 1
        }
        #expect(given <= 7_210)
        #expect(given >= 7_000)
    }

    @Test func theLargestBucketDoesNotOverflow() {
        var bucket = TokenBucket(ratePerMinute: 1, burst: 1_000_000)
        #expect(taken(&bucket, at: 10, tries: 1_000) == 1_000)
    }
}
