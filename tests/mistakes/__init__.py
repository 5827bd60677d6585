"""The mistakes that other councils were seen to make, none of which this one may make."""
