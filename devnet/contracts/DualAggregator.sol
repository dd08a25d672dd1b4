// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from './IAggregator.sol';

/// @title An OCR2 feed with two ways in: readers of the secondary proxy see a private delivery at once, and a
///        public one only after a cutoff.
/// @notice Public interface and rules of Chainlink's DualAggregator 1.0.0 (smartcontractkit/chainlink
///         contracts/src/v0.8/feeds/DualAggregator.sol), without its billing; its oracles never change.
contract DualAggregator is IAggregator {
    struct Feed {
        int192 minAnswer;
        int192 maxAnswer;
        uint8 decimals;
        string description;
        address secondaryProxy;
        uint32 cutoffSeconds;
        uint32 maxSyncIterations;
    }

    struct Transmission {
        int192 answer;
        uint32 observationsTimestamp;
        uint32 recordedTimestamp;
    }

    struct Report {
        uint32 observationsTimestamp;
        int192 answer;
        uint256 observations;
    }

    string public constant typeAndVersion = 'DualAggregator 1.0.0';

    int192 public immutable minAnswer;
    int192 public immutable maxAnswer;
    uint8 public immutable decimals;
    uint8 private immutable _f;
    address private immutable _secondaryProxy;
    uint32 private immutable _cutoff;
    uint32 private immutable _maxSyncIterations;
    bytes32 private immutable _configDigest;
    uint32 private immutable _configBlock;
    string public description;

    mapping(address => bool) private _isTransmitter;
    mapping(address => uint8) private _signerNumber;
    mapping(uint32 => Transmission) private _transmissions;
    uint40 private _latestEpochAndRound;
    uint32 private _latestRoundId;
    uint32 private _latestSecondaryRoundId;
    bool private _isLatestSecondary;

    event ConfigSet(
        uint32 previousConfigBlockNumber,
        bytes32 configDigest,
        uint64 configCount,
        address[] signers,
        address[] transmitters,
        uint8 f,
        bytes onchainConfig,
        uint64 offchainConfigVersion,
        bytes offchainConfig
    );
    event SecondaryRoundIdUpdated(uint32 indexed secondaryRoundId);
    event PrimaryFeedUnlocked(uint32 indexed primaryRoundId);
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    error StaleReport();
    error UnauthorizedTransmitter();
    error ConfigDigestMismatch();
    error CalldataLengthMismatch();
    error WrongNumberOfSignatures();
    error SignatureError();
    error DuplicateSigner();
    error MaxSyncIterations();
    error MedianIsOutOfMinMaxRange();

    constructor(Feed memory feed, address[] memory signers, address[] memory transmitters, uint8 f) {
        minAnswer = feed.minAnswer;
        maxAnswer = feed.maxAnswer;
        decimals = feed.decimals;
        description = feed.description;
        _secondaryProxy = feed.secondaryProxy;
        _cutoff = feed.cutoffSeconds;
        _maxSyncIterations = feed.maxSyncIterations;
        _f = f;
        _configBlock = uint32(block.number);
        for (uint8 i = 0; i < signers.length; i++) _signerNumber[signers[i]] = i + 1;
        for (uint256 i = 0; i < transmitters.length; i++) _isTransmitter[transmitters[i]] = true;
        _configDigest = bytes32((uint256(1) << 240) | (uint256(keccak256(abi.encode(this, signers, f))) >> 16));
        emit ConfigSet(0, _configDigest, 1, signers, transmitters, f, '', 2, '');
    }

    function transmit(
        bytes32[3] calldata reportContext,
        bytes calldata report,
        bytes32[] calldata rs,
        bytes32[] calldata ss,
        bytes32 rawVs
    ) external {
        _check(reportContext[0], report.length, rs.length, ss.length);
        uint40 epochAndRound = uint40(uint256(reportContext[1]));
        if (epochAndRound == _latestEpochAndRound && _isLatestSecondary) {
            _isLatestSecondary = false;
            emit PrimaryFeedUnlocked(_latestRoundId);
            return;
        }
        _checkSignatures(keccak256(abi.encode(keccak256(report), reportContext)), rs, ss, rawVs);
        _store(epochAndRound, _decode(report));
        _isLatestSecondary = false;
    }

    function transmitSecondary(
        bytes32[3] calldata reportContext,
        bytes calldata report,
        bytes32[] calldata rs,
        bytes32[] calldata ss,
        bytes32 rawVs
    ) external {
        _check(reportContext[0], report.length, rs.length, ss.length);
        Report memory decoded = _decode(report);
        uint32 stored = _storedRound(decoded);
        if (stored != 0) {
            if (_latestSecondaryRoundId >= stored) revert StaleReport();
            _latestSecondaryRoundId = stored;
            emit SecondaryRoundIdUpdated(stored);
            return;
        }
        _checkSignatures(keccak256(abi.encode(keccak256(report), reportContext)), rs, ss, rawVs);
        _store(uint40(uint256(reportContext[1])), decoded);
        _latestSecondaryRoundId = _latestRoundId;
        _isLatestSecondary = true;
        emit SecondaryRoundIdUpdated(_latestRoundId);
    }

    // ── What the two kinds of readers see ───────────────────────────────────────────────────────────────

    function latestAnswer() external view returns (int256) {
        return _transmissions[_visibleRound()].answer;
    }

    function latestRound() external view returns (uint256) {
        return _visibleRound();
    }

    function latestTimestamp() external view returns (uint256) {
        return _transmissions[_visibleRound()].recordedTimestamp;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(_visibleRound());
    }

    function getRoundData(uint80 id) public view returns (uint80, int256, uint256, uint256, uint80) {
        if (id > _visibleRound()) return (0, 0, 0, 0, 0);
        Transmission memory t = _transmissions[uint32(id)];
        return (id, t.answer, t.observationsTimestamp, t.recordedTimestamp, id);
    }

    function latestConfigDetails() external view returns (uint32, uint32, bytes32) {
        return (1, _configBlock, _configDigest);
    }

    function latestConfigDigestAndEpoch() external view returns (bool, bytes32, uint32) {
        return (false, _configDigest, uint32(_latestEpochAndRound >> 8));
    }

    function _visibleRound() private view returns (uint32) {
        if (msg.sender == _secondaryProxy) return _isPastCutoff(_latestSecondaryRoundId) ? _synced() : _latestSecondaryRoundId;
        bool isFresh = _transmissions[_latestRoundId].recordedTimestamp == block.timestamp;
        bool isPrivate = _isLatestSecondary && _latestRoundId == _latestSecondaryRoundId;
        return isPrivate && isFresh ? _latestRoundId - 1 : _latestRoundId;
    }

    function _synced() private view returns (uint32) {
        for (uint32 id = _latestRoundId; id > 0 && _latestRoundId - id != _maxSyncIterations; id--) {
            if (id == _latestSecondaryRoundId || _isPastCutoff(id)) return id;
        }
        return _latestSecondaryRoundId;
    }

    function _isPastCutoff(uint32 id) private view returns (bool) {
        return _transmissions[id].recordedTimestamp + _cutoff < block.timestamp;
    }

    // ── Reports ─────────────────────────────────────────────────────────────────────────────────────────

    function _check(bytes32 digest, uint256 report, uint256 rs, uint256 ss) private view {
        if (!_isTransmitter[msg.sender]) revert UnauthorizedTransmitter();
        if (digest != _configDigest) revert ConfigDigestMismatch();
        if (msg.data.length != 4 + 32 * 10 + report + 32 * (rs + ss)) revert CalldataLengthMismatch();
        if (rs != uint256(_f) + 1 || ss != rs) revert WrongNumberOfSignatures();
    }

    function _checkSignatures(bytes32 hash, bytes32[] calldata rs, bytes32[] calldata ss, bytes32 rawVs) private view {
        uint256 seen = 0;
        for (uint256 i = 0; i < rs.length; i++) {
            uint8 number = _signerNumber[ecrecover(hash, uint8(rawVs[i]) + 27, rs[i], ss[i])];
            if (number == 0) revert SignatureError();
            if (seen & (1 << number) != 0) revert DuplicateSigner();
            seen |= 1 << number;
        }
    }

    function _decode(bytes calldata raw) private pure returns (Report memory) {
        (uint32 time,, int192[] memory observations,) = abi.decode(raw, (uint32, bytes32, int192[], int192));
        return Report(time, observations[observations.length / 2], observations.length);
    }

    /// @dev Zero when it has not been stored.
    function _storedRound(Report memory report) private view returns (uint32) {
        for (uint32 id = _latestRoundId; id > 0; id--) {
            if (_latestRoundId - id == _maxSyncIterations) revert MaxSyncIterations();
            Transmission memory t = _transmissions[id];
            if (t.observationsTimestamp < report.observationsTimestamp) return 0;
            if (t.observationsTimestamp == report.observationsTimestamp && t.answer == report.answer) return id;
        }
        return 0;
    }

    function _store(uint40 epochAndRound, Report memory report) private {
        if (epochAndRound <= _latestEpochAndRound) revert StaleReport();
        if (report.answer < minAnswer || report.answer > maxAnswer) revert MedianIsOutOfMinMaxRange();
        _latestEpochAndRound = epochAndRound;
        _latestRoundId += 1;
        _transmissions[_latestRoundId] =
            Transmission(report.answer, report.observationsTimestamp, uint32(block.timestamp));
        emit AnswerUpdated(report.answer, _latestRoundId, block.timestamp);
    }
}
