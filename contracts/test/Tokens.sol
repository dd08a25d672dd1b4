// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// An ordinary token that anyone may mint. The others misbehave in one way each.
contract TestToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint256 public totalSupply;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        totalSupply += amount;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function approve(address spender, uint256 amount) external virtual returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function _move(address from, address to, uint256 amount) internal virtual returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}

/// As USDT: returns nothing, and refuses to change an allowance that is not zero. As BNB: refuses a zero for a zero.
contract SilentToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    error AllowanceRefused();

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        if ((amount == 0) == (allowance[msg.sender][spender] == 0)) revert AllowanceRefused();
        allowance[msg.sender][spender] = amount;
    }
}

/// Says no by returning false, moving nothing.
contract FalseToken is TestToken {
    function transfer(address, uint256) external pure override returns (bool) {
        return false;
    }

    function approve(address, uint256) external pure override returns (bool) {
        return false;
    }
}

/// Keeps 1 % of every transfer.
contract FeeToken is TestToken {
    function _move(address from, address to, uint256 amount) internal override returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount - amount / 100;
        return true;
    }
}

/// Runs its author's code whenever it is moved or approved, and remembers how that went.
contract HookedToken is TestToken {
    address private _hookTarget;
    bytes private _hookData;
    bool public hookRan;
    bool public hookSucceeded;
    bytes public hookReturned;

    function arm(address target, bytes calldata data) external {
        _hookTarget = target;
        _hookData = data;
    }

    function approve(address spender, uint256 amount) external override returns (bool) {
        allowance[msg.sender][spender] = amount;
        _hook();
        return true;
    }

    function _move(address from, address to, uint256 amount) internal override returns (bool) {
        _hook();
        return super._move(from, to, amount);
    }

    function _hook() private {
        if (_hookTarget == address(0)) return;
        (hookSucceeded, hookReturned) = _hookTarget.call(_hookData);
        hookRan = true;
    }
}
